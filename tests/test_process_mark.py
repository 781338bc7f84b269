import subprocess
import sys
from dataclasses import replace

import psutil

from objloc.process_mark import ProcessMark


def test_this_process_lives_and_is_no_other() -> None:
    mark = ProcessMark.mine()
    assert mark.is_alive()
    assert not replace(mark, process_start=mark.process_start - 60).is_alive()  # the id used again
    assert not replace(mark, host="elsewhere").is_alive()
    assert not replace(mark, host="elsewhere").is_here


def test_the_dead_do_not_live_even_before_their_parent_has_looked() -> None:
    process = subprocess.Popen([sys.executable, "-c", "import time; time.sleep(60)"])
    mark = replace(ProcessMark.mine(), pid=process.pid)
    mark = replace(mark, process_start=psutil.Process(process.pid).create_time())
    assert mark.is_alive()
    process.kill()
    while psutil.Process(process.pid).status() != psutil.STATUS_ZOMBIE:
        pass
    assert not mark.is_alive()
    process.wait()
    assert not mark.is_alive()

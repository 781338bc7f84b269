"""OpenVINO, imported so that it reports to nobody.

`import openvino` alone sends an event to its makers, and so does each conversion, through the
package `openvino_telemetry`. Where that package is missing OpenVINO takes a stand-in that does
nothing (`openvino/tools/ovc/telemetry_stub.py`), so it is kept out of sight during the import.
"""

import sys

_TELEMETRY = "openvino_telemetry"

if _TELEMETRY in sys.modules:  # somebody else's choice
    import openvino
else:
    sys.modules[_TELEMETRY] = None  # type: ignore[assignment]  # how Python says "there is none"
    try:
        import openvino
    finally:
        del sys.modules[_TELEMETRY]

__all__ = ["openvino"]

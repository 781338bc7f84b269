"""What type checkers see of objloc. Not in __init__.py: every part of objloc imports that, and for
the linter that holds the layers would then import all that `load` does.
"""

from objloc.loading.load_model import load as load

__version__: str

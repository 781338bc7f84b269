"""`python -m objloc`: the same as the `objloc` command."""

from objloc.cli import main

if __name__ == "__main__":
    main()

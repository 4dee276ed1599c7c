"""``python -m whichpool`` is the command too."""

from whichpool.cli import main

if __name__ == "__main__":
    main()

"""`python -m pilotbed` is `pilotbed`."""

from pilotbed.cli import main

if __name__ == "__main__":
    main()

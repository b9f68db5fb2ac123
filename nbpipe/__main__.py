"""`python -m nbpipe`."""

from nbpipe.cli import main

main()

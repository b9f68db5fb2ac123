"""What runs inside the notebook's own interpreter: the standard library only, Python 3.8 and later.

The folder is started as a script (`python FOLDER COMMAND ...`), not imported as a part of nbpipe, which that interpreter need not have.
"""

"""`objloc.load`: a model as a function of pictures, for any Python program."""

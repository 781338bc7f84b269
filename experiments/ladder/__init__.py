"""The ladder: how well and how fast is each experiment learned on this machine?"""

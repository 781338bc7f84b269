"""Speed: does the input pipeline keep up with training?"""

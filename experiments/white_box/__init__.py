"""What does a small network make of a white rectangle on black?"""

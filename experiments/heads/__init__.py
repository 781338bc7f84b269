"""Which head is to be chosen when?"""

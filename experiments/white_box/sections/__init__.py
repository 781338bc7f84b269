"""The sections of the study's page, one a file; each tells its part to the story."""

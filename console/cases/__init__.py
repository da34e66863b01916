"""The pages about cases: the list, a case with its updates and files, posting and validating updates."""

"""What casemail wrote, and what others call it by, stays good when its code changes."""

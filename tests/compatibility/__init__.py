"""Data that casemail wrote, and names that other programs use, stay valid when its code changes."""

"""What a request must pass before its body is read: a valid token, its pace, and a bounded body."""

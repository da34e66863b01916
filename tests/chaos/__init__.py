"""What happens to mail when a process or a server is killed."""

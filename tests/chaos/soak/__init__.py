"""Mail comes in while all processes are killed, frozen and started again in turn; then every mail is checked."""

"""Mail comes in while all that runs is killed, frozen and started again by turns; then every mail is looked after."""

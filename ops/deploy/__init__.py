"""What runs casemail on servers: systemd units, an image, a compose file, a Helm chart; see docs/operate/deploy.md."""

"""What all resources share: errors, bodies, pages of lists, entity tags, and requests that are carried out once."""

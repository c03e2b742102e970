"""What the API, pages and jobs ask of usage."""

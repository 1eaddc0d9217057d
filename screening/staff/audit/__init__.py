"""What is written of those who read, and the page that shows it."""

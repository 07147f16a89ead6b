"""What residents need every day, and how many minutes on foot it is away."""

"""What `newsflow doctor` looks at, besides the topics: each check gives faults, a line each that says the fix."""

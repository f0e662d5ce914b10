"""What is synthetic says so: a statement that programs read in every file, and a mark that people see."""

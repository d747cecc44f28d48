"""The pages for people, a module for each."""

"""Where a standing comes from. **A source that cannot answer says so: it never guesses a tier.**"""

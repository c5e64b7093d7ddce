"""What this server's work costs, beside a named baseline in the same run. **A ratio is only of figures of one run.**"""

"""A session's media. **One person's fault, loss or leaving never touches another person's media or recording.**"""

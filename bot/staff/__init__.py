"""Who works here: agents, their logins and sessions, their shift, and the audit of what they saw and did."""

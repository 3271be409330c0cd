"""What runs beside the requests: taking up messages, delivering replies, keeping house, watching the vitals."""

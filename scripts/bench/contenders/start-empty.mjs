// Nothing: what Node itself needs to start with a file instead of `-e`.

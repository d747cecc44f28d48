"""Lists: files of links and labels as people have them, read row by row."""

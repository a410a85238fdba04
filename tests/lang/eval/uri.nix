[ https://example.org/a?b=c x:y ftp://h/p ]

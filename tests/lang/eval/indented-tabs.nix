''
	tab
	  two
''

({ name }: name) { nmae = 1; name = 2; }

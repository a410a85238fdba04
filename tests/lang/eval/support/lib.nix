{ n }: { double = n * 2; }

{ x }: { p.a = x; }

{
  backend = 18511;
  frontend = 18512;
  prometheus = 18513;
}

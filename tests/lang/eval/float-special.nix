let
  inf = 1.0e308 * 10;
  floats = [ inf (-inf) (inf - inf) (0.0 * (-1)) 123456.0 1234567.0 0.0001 0.00001 2.3e-308 999999.5 ];
in
{
  inherit floats;
  texts = map toString floats;
  xml = builtins.toXML floats;
}

let n = "sub"; in map (p: baseNameOf (dirOf p) + "/" + baseNameOf p) [ ./dir/${n} ./${n}/file ./a-${n}/b.${n} ]

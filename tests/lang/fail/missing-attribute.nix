{ hello = 1; }.helo

module stack-server

go 1.19

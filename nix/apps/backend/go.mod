module bt-backend

go 1.19

import "relative"

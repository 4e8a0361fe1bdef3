package process

const infinity = 1<<64 - 1

// resources is empty: Windows has no setrlimit.
var resources map[string]int

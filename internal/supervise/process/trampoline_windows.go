package process

func trampoline() {}

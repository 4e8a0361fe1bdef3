package process

import "os"

var terminate = os.Interrupt

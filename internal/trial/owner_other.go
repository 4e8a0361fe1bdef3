//go:build !unix

package trial

import "os"

func ownerOf(os.FileInfo) (user int, known bool) { return 0, false }

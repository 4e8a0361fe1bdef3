package history

// Said are the digests of what the sources said when a snapshot was made.
type Said struct {
	// All of it: files, variables and flags.
	All string `json:"all"`
	// Files alone: what a snapshot without the application's sections knows.
	Files string `json:"files"`
}

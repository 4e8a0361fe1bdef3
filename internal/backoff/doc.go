// Package backoff knows when what has failed is tried again, and when failures are a
// crash loop. It counts, and tells the time; what failed it does not know.
package backoff

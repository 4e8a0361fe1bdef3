package settings

import "github.com/gind/gind/internal/journal"

// Journal is what the keys mean to the journal. directory is that of the mirror
// where log.directory names none; empty for no mirror.
func (l Log) Journal(identifier, directory string) (o journal.Options, err error) {
	if l.Directory != "" {
		directory = l.Directory
	}
	o = journal.Options{
		Identifier: identifier,
		Rate:       l.rate(),
		Replay:     l.Replay,
		Mirror: journal.MirrorOptions{
			Dir:      directory,
			MaxSize:  l.maxSize(),
			MaxTotal: int64(l.MirrorMaxTotal),
			MaxAge:   l.MirrorMaxAge,
		},
	}
	if o.Level, err = journal.ParseLevel(l.Level); err != nil {
		return o, err
	}
	if o.Target, err = journal.ParseTarget(l.Target); err != nil {
		return o, err
	}
	if o.Mirror.Mode, err = journal.ParseMode(l.Mirror); err != nil {
		return o, err
	}
	o.Mirror.Format, err = journal.ParseFormat(l.MirrorFormat)
	return o, err
}

// rate is log.rate as the journal takes it: there 0 is the default.
func (l Log) rate() int {
	if l.Rate == 0 {
		return journal.Unlimited
	}
	return l.Rate
}

// maxSize is log.mirror_max_size as the journal takes it: there 0 is the default,
// and a negative size leaves rotation to others.
func (l Log) maxSize() int64 {
	if l.MirrorMaxSize == 0 {
		return -1
	}
	return int64(l.MirrorMaxSize)
}

package succession

import (
	"context"
	"fmt"
	"io"
	"log/slog"
	"net/http"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"

	"github.com/gind/gind/internal/handoff"
	"github.com/gind/gind/internal/listener"
	"github.com/gind/gind/internal/trial"
	"github.com/gind/gind/internal/unit"
)

// TestMain is the test, or its successor in an upgrade.
func TestMain(m *testing.M) {
	predecessor, err := handoff.FindPredecessor()
	if predecessor == nil && err == nil {
		os.Exit(m.Run())
	}
	if err == nil {
		err = succeed(predecessor)
	}
	fmt.Fprintln(os.Stderr, err)
	os.Exit(1)
}

// succeed is a successor that is ready at the last moment: its start has no time left.
func succeed(predecessor *handoff.Predecessor) error {
	set, err := listener.Open([]listener.Spec{{Name: "web", Address: "127.0.0.1:0"}}, predecessor.Sockets())
	if err != nil {
		return err
	}
	s := New(Options{
		Predecessor: predecessor, Listeners: set, Log: slog.New(slog.DiscardHandler), Arm: func() {},
		Unit: unit.New(unit.Options{Failed: func(error) {}}),
	})
	over, cancel := context.WithCancel(context.Background())
	cancel()
	if err := s.TakeOver(over, handoff.Answer{Status: http.StatusNoContent}); err != nil {
		return err
	}
	return http.Serve(set.Listeners()[0], http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) {
		_, _ = io.WriteString(w, strconv.Itoa(os.Getpid()))
	}))
}

func confirmTime() time.Duration { return 500 * time.Millisecond }

// programs of a service that keeps them in a folder.
func programs(folder string) trial.Programs {
	return trial.Programs{
		Link: filepath.Join(folder, "shop"), Kept: filepath.Join(folder, "kept"),
		Running: handoff.Running(), Runs: handoff.Runs,
	}
}

// upgrading is a service that may be upgraded, in a folder of its own.
func upgrading(t *testing.T, timeout time.Duration) *fixture {
	t.Helper()
	f := newFixture(t)
	f.Alone = func(ctx context.Context, upgrade func(context.Context) error) error { return upgrade(ctx) }
	f.Manager, f.Hold, f.Resume = func() error { return nil }, func() {}, func() {}
	f.Rest = func(context.Context) error { return nil }
	f.Folder = func(context.Context) (string, error) { return "", nil }
	f.Line = func() string { return "serving" }
	f.Timeout, f.Confirm = func() time.Duration { return timeout }, confirmTime
	f.Ask = func(context.Context) (handoff.Answer, error) {
		return handoff.Answer{Status: http.StatusNoContent}, nil
	}
	return f
}

// TestASlowServiceManagerDelaysAnUpgradeAndBreaksNothing: the successor's time to start
// is over by then, and it serves.
func TestASlowServiceManagerDelaysAnUpgradeAndBreaksNothing(t *testing.T) {
	const slow = 1500 * time.Millisecond
	newSlowSystemd(t, slow)
	f := upgrading(t, 20*time.Second)
	begun := time.Now()
	report, err := f.Upgrade(t.Context(), "root", Order{})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(f.successor.Load().Kill)
	if took := time.Since(begun); took < slow {
		t.Errorf("the upgrade took %v, and systemd alone takes %v", took, slow)
	}
	pid := strconv.Itoa(f.successor.Load().PID())
	if !strings.HasPrefix(report, "process "+pid+" serves, without a trial: the unit has no StateDirectory=") {
		t.Errorf("the report is %q", report)
	}
	if got := answered(t, f); got != pid {
		t.Errorf("process %s answers, want %s", got, pid)
	}
}

// TestAServiceManagerThatDoesNotReadLeavesTheProcessInService, and hears that it is the
// main one when it reads on.
func TestAServiceManagerThatDoesNotReadLeavesTheProcessInService(t *testing.T) {
	systemd := newSlowSystemd(t, unit.BarrierTime+time.Second)
	f := upgrading(t, 20*time.Second)
	if _, err := f.Upgrade(t.Context(), "root", Order{}); err == nil || !strings.Contains(err.Error(), "did not catch up") || f.Succeeded() {
		t.Fatalf("error %v, succeeded: %v", err, f.Succeeded())
	}
	var mains []string
	for len(mains) < 2 {
		select {
		case message := <-systemd.told:
			if pid, is := strings.CutPrefix(strings.TrimSpace(message), "MAINPID="); is {
				mains = append(mains, pid)
			}
		case <-time.After(10 * time.Second):
			t.Fatalf("systemd was told of the main processes %q, want this one last", mains)
		}
	}
	if mains[1] != strconv.Itoa(os.Getpid()) {
		t.Errorf("systemd was told of the main processes %q, want %d last", mains, os.Getpid())
	}
}

func answered(t *testing.T, f *fixture) string {
	t.Helper()
	client := &http.Client{Timeout: 10 * time.Second, Transport: &http.Transport{DisableKeepAlives: true}}
	response, err := client.Get("http://" + f.Listeners.Listeners()[0].Addr().String())
	if err != nil {
		t.Fatal(err)
	}
	defer response.Body.Close()
	text, err := io.ReadAll(response.Body)
	if err != nil {
		t.Fatal(err)
	}
	return string(text)
}

// linked gives a service a link to its program, which a package has kept.
func linked(t *testing.T, f *fixture) (link, kept string) {
	t.Helper()
	folder := t.TempDir()
	f.Programs = programs(folder)
	link, kept = f.Programs.Link, f.Programs.Kept
	for _, err := range []error{os.Link(handoff.Running(), kept), os.Symlink(kept, link)} {
		if err != nil {
			t.Skipf("no link: %v", err) // another file system
		}
	}
	f.Program = func(context.Context) (string, error) { return link, nil }
	return link, kept
}

// TestALinkThatTheUnitDoesNotStartMeansNoTrial, and no program may be chosen. The link
// follows nonetheless, and what systemd does not say is taken on trust.
func TestALinkThatTheUnitDoesNotStartMeansNoTrial(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := upgrading(t, time.Second)
	link, kept := linked(t, f)
	f.Program = func(context.Context) (string, error) { return "", context.DeadlineExceeded }
	if plan, reason := f.plan(t.Context(), "/bin/true", "root"); plan == nil || plan.Before != kept || reason != nil {
		t.Errorf("nobody to ask: %+v, %v", plan, reason)
	}
	f.Program = func(context.Context) (string, error) { return "/usr/bin/shop", nil }
	want := "the unit starts /usr/bin/shop, not the link that is there for it: " + link
	plan, reason := f.plan(t.Context(), "/bin/true", "root")
	if plan == nil || plan.Before != "" || reason == nil || reason.Error() != want {
		t.Errorf("another program: %+v, %v", plan, reason)
	}
	if sequel := f.sequel(plan, reason); sequel != ", without a trial: "+want {
		t.Errorf("it is told %q", sequel)
	}
	if _, err := f.Upgrade(t.Context(), "root", Order{To: "/bin/true"}); err == nil || !strings.Contains(err.Error(), "the next start would not run /bin/true: "+want) {
		t.Errorf("a program is chosen nonetheless: %v", err)
	}

	f.Programs = programs(t.TempDir())
	if plan, reason := f.plan(t.Context(), "/bin/true", "root"); plan != nil || reason == nil || !strings.Contains(reason.Error(), "not through a link") {
		t.Errorf("no link: %+v, %v", plan, reason)
	}
	if _, err := f.Upgrade(t.Context(), "root", Order{To: "/bin/true"}); err == nil || !strings.Contains(err.Error(), "the next start would not run /bin/true") {
		t.Errorf("a program is chosen without a link: %v", err)
	}
}

// TestAnUpgradeThatFailsLeavesWhatAStartRuns: the successor is no program of ours.
func TestAnUpgradeThatFailsLeavesWhatAStartRuns(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := upgrading(t, 5*time.Second)
	link, kept := linked(t, f)
	if _, err := f.Upgrade(t.Context(), "root", Order{To: "/bin/true"}); err == nil || !strings.Contains(err.Error(), "it ended") {
		t.Errorf("error %v", err)
	}
	if got, _ := os.Readlink(link); got != kept || f.onTrial.Load() != nil {
		t.Errorf("a start runs %s", got)
	}
	if fallen := FindFallen(f.Programs, f.Log); fallen.upgrade() != nil {
		t.Errorf("a trial is written down: %+v", fallen.trial)
	}
}

// TestAChoiceIsRefusedBeforeAnythingIsStarted, with the path that is wrong.
func TestAChoiceIsRefusedBeforeAnythingIsStarted(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := upgrading(t, 5*time.Second)
	f.Hold = func() { t.Error("the config is held") }
	linked(t, f)
	for order, want := range map[Order]string{
		{To: "/bin/nonesuch"}:     "/bin/nonesuch is not started: ",
		{To: "/proc"}:             "it is no program",
		{To: "true", Force: true}: "no absolute path",
		{Back: true}:              "there is no program before this one",
	} {
		if _, err := f.Upgrade(t.Context(), "root", order); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%+v: %v, want %q", order, err, want)
		}
	}
}

// TestAProgramPassesItsTrialInTimeOrWhenItIsAskedToStop: from then on a start runs it.
func TestAProgramPassesItsTrialInTimeOrWhenItIsAskedToStop(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	for name, pass := range map[string]func(*fixture){
		"in time":       func(f *fixture) { f.Prove(t.Context()) },
		"asked to stop": func(f *fixture) { f.Pass() },
	} {
		f := upgrading(t, time.Second)
		link, kept := linked(t, f)
		f.begun(t, trial.Trial{Program: "/bin/true", Before: kept})
		begun := time.Now()
		if on := f.Trial(); on == nil || on.Before != kept || time.Until(on.Until) > confirmTime() {
			t.Errorf("%s: the status says %+v", name, on)
		}
		pass(f)
		if took := time.Since(begun); (took >= confirmTime()) != (name == "in time") {
			t.Errorf("%s: the trial took %v", name, took)
		}
		if got, _ := os.Readlink(link); got != "/bin/true" || f.Trial() != nil {
			t.Errorf("%s: a start runs %s, the status says %+v", name, got, f.Trial())
		}
		if !strings.Contains(f.log.String(), "the trial is over: a start runs /bin/true") {
			t.Errorf("%s: logged %s", name, f.log)
		}
	}
}

// begun has this process be on trial.
func (f *fixture) begun(t *testing.T, on trial.Trial) {
	t.Helper()
	plan, _ := f.Programs.Plan(on.Program, "root", nil)
	plan.Before = on.Before
	if _, err := f.begin(plan, os.Getpid()); err != nil {
		t.Fatal(err)
	}
	f.takeTrial(os.Getpid())
}

// TestAProgramWithASuccessorDoesNotPass: what a start runs is that one's business.
func TestAProgramWithASuccessorDoesNotPass(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := upgrading(t, time.Second)
	link, kept := linked(t, f)
	f.begun(t, trial.Trial{Program: "/bin/true", Before: kept})
	f.successor.Store(new(handoff.Successor))
	f.Pass()
	if got, _ := os.Readlink(link); got != kept {
		t.Errorf("a start runs %s", got)
	}
}

// TestAProgramThatHasFallenIsToldOfOnce, and known until the next trial.
func TestAProgramThatHasFallenIsToldOfOnce(t *testing.T) {
	t.Setenv("NOTIFY_SOCKET", "")
	f := upgrading(t, time.Second)
	_, kept := linked(t, f)
	f.begun(t, trial.Trial{Program: "/bin/true", Before: kept})
	first := FindFallen(f.Programs, f.Log)
	first.Tell(f.Log, nil)
	if got := f.log.String(); strings.Count(got, "level=ERROR") != 1 || !strings.Contains(got, "/bin/true has failed its trial, and ") {
		t.Errorf("logged %s", got)
	}
	f.log.Reset()
	second := FindFallen(f.Programs, f.Log)
	second.Tell(f.Log, nil)
	if second.Sequel() != "" || f.log.Len() > 0 {
		t.Errorf("told again: %s", f.log)
	}
	upgrade := New(Options{Fallen: second}).Failure()
	if upgrade == nil || upgrade.Who != "root" || upgrade.Error != "/bin/true failed its trial: it ended without a report" || upgrade.Time.IsZero() {
		t.Errorf("the status says %+v", upgrade)
	}
}

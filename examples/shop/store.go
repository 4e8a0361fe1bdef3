package shop

import (
	"cmp"
	"errors"
	"maps"
	"slices"
	"strings"
	"sync"
)

// Errors of the store.
var (
	ErrNotFound   = errors.New("not found")
	ErrOutOfStock = errors.New("not enough in stock")
	ErrFull       = errors.New("the catalogue is full")
)

// Product is one thing on sale. Price is in cents.
type Product struct {
	ID    int    `json:"id"`
	Name  string `json:"name"  binding:"required,min=2,max=80"`
	Price int    `json:"price" binding:"required,min=1,max=100000000"`
	Stock int    `json:"stock" binding:"min=0,max=1000000"`
}

// Order takes a number of one product out of the stock.
type Order struct {
	ID      int `json:"id"`
	Product int `json:"product" binding:"required"`
	Count   int `json:"count"   binding:"required,min=1,max=1000"`
}

// Store keeps products and orders in memory and tells subscribers of changes.
type Store struct {
	mu       sync.Mutex
	products map[int]Product
	orders   map[int]Order
	lastID   int
	watchers map[chan Product]struct{}
}

// NewStore returns an empty store.
func NewStore() *Store {
	return &Store{
		products: map[int]Product{},
		orders:   map[int]Order{},
		watchers: map[chan Product]struct{}{},
	}
}

// Products whose name contains the text, in the order of their numbers.
func (s *Store) Products(text string) []Product {
	s.mu.Lock()
	defer s.mu.Unlock()
	found := []Product{}
	for p := range maps.Values(s.products) {
		if strings.Contains(strings.ToLower(p.Name), strings.ToLower(text)) {
			found = append(found, p)
		}
	}
	slices.SortFunc(found, func(a, b Product) int { return cmp.Compare(a.ID, b.ID) })
	return found
}

// Product with a number.
func (s *Store) Product(id int) (Product, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.products[id]
	if !ok {
		return p, ErrNotFound
	}
	return p, nil
}

// Add gives a product a number and keeps it, unless there are limit already.
func (s *Store) Add(p Product, limit int) (Product, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	if limit > 0 && len(s.products) >= limit {
		return p, ErrFull
	}
	s.lastID++
	p.ID = s.lastID
	s.put(p)
	return p, nil
}

// Replace a product that is there.
func (s *Store) Replace(p Product) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.products[p.ID]; !ok {
		return ErrNotFound
	}
	s.put(p)
	return nil
}

// Delete a product.
func (s *Store) Delete(id int) error {
	s.mu.Lock()
	defer s.mu.Unlock()
	if _, ok := s.products[id]; !ok {
		return ErrNotFound
	}
	delete(s.products, id)
	return nil
}

// Place an order: the stock goes down, or nothing happens.
func (s *Store) Place(o Order) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	p, ok := s.products[o.Product]
	if !ok {
		return o, ErrNotFound
	}
	if p.Stock < o.Count {
		return o, ErrOutOfStock
	}
	p.Stock -= o.Count
	s.put(p)
	s.lastID++
	o.ID = s.lastID
	s.orders[o.ID] = o
	return o, nil
}

// Order with a number.
func (s *Store) Order(id int) (Order, error) {
	s.mu.Lock()
	defer s.mu.Unlock()
	o, ok := s.orders[id]
	if !ok {
		return o, ErrNotFound
	}
	return o, nil
}

// Watch returns a channel of changed products. A reader that is slower than the
// changes misses some. Cancel ends it.
func (s *Store) Watch() (changes <-chan Product, cancel func()) {
	ch := make(chan Product, 16)
	s.mu.Lock()
	s.watchers[ch] = struct{}{}
	s.mu.Unlock()
	return ch, func() {
		s.mu.Lock()
		delete(s.watchers, ch)
		s.mu.Unlock()
	}
}

func (s *Store) put(p Product) {
	s.products[p.ID] = p
	for ch := range s.watchers {
		select {
		case ch <- p:
		default:
		}
	}
}

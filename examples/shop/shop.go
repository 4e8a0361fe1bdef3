// Package shop is a small Gin application: products, orders and a stream of
// changes. It knows nothing of gind. The two programs beside it serve it: before
// with gin.Default and Run, after with gind.Main; nothing else differs.
package shop

import (
	"errors"
	"net/http"
	"strconv"

	"github.com/gin-gonic/gin"
)

// Shop serves the routes of one store.
type Shop struct {
	Store *Store
	// Limit is the most products there may be, asked at each request; 0 is no limit.
	Limit func() int
	// Rate is how many requests to the API a second are served, asked at each
	// request; 0 is no limit. A second's worth may come at once.
	Rate func() int
	// Closing is closed when streams should end.
	Closing <-chan struct{}

	turns turns
}

// Routes adds the shop to a router.
func (s *Shop) Routes(r gin.IRouter) {
	r.GET("/", s.welcome)
	api := r.Group("/api", s.throttle)
	api.GET("/products", s.listProducts)
	api.POST("/products", s.addProduct)
	api.GET("/products/:id", s.getProduct)
	api.PUT("/products/:id", s.replaceProduct)
	api.PATCH("/products/:id/stock", s.changeStock)
	api.DELETE("/products/:id", s.deleteProduct)
	api.POST("/orders", s.placeOrder)
	api.GET("/orders/:id", s.getOrder)
	api.GET("/changes", s.streamChanges)
}

func (s *Shop) welcome(c *gin.Context) { c.String(http.StatusOK, "Welcome to the shop.\n") }

func (s *Shop) listProducts(c *gin.Context) {
	c.JSON(http.StatusOK, s.Store.Products(c.Query("q")))
}

func (s *Shop) addProduct(c *gin.Context) {
	var p Product
	if !bind(c, &p) {
		return
	}
	p, err := s.Store.Add(p, s.Limit())
	if err != nil {
		fail(c, err)
		return
	}
	c.Header("Location", "/api/products/"+strconv.Itoa(p.ID))
	c.JSON(http.StatusCreated, p)
}

func (s *Shop) getProduct(c *gin.Context) {
	id, ok := number(c)
	if !ok {
		return
	}
	p, err := s.Store.Product(id)
	answer(c, p, err)
}

func (s *Shop) replaceProduct(c *gin.Context) {
	var p Product
	id, ok := number(c)
	if !ok || !bind(c, &p) {
		return
	}
	p.ID = id
	answer(c, p, s.Store.Replace(p))
}

func (s *Shop) changeStock(c *gin.Context) {
	var change struct {
		Stock *int `json:"stock" binding:"required,min=0,max=1000000"`
	}
	id, ok := number(c)
	if !ok || !bind(c, &change) {
		return
	}
	p, err := s.Store.Product(id)
	if err == nil {
		p.Stock = *change.Stock
		err = s.Store.Replace(p)
	}
	answer(c, p, err)
}

func (s *Shop) deleteProduct(c *gin.Context) {
	id, ok := number(c)
	if !ok {
		return
	}
	if err := s.Store.Delete(id); err != nil {
		fail(c, err)
		return
	}
	c.Status(http.StatusNoContent)
}

func (s *Shop) placeOrder(c *gin.Context) {
	var o Order
	if !bind(c, &o) {
		return
	}
	o, err := s.Store.Place(o)
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusCreated, o)
}

func (s *Shop) getOrder(c *gin.Context) {
	id, ok := number(c)
	if !ok {
		return
	}
	o, err := s.Store.Order(id)
	answer(c, o, err)
}

func bind(c *gin.Context, to any) bool {
	if err := c.ShouldBindJSON(to); err != nil {
		c.AbortWithStatusJSON(http.StatusUnprocessableEntity, gin.H{"error": err.Error()})
		return false
	}
	return true
}

func number(c *gin.Context) (int, bool) {
	id, err := strconv.Atoi(c.Param("id"))
	if err != nil {
		c.AbortWithStatusJSON(http.StatusBadRequest, gin.H{"error": "the id has to be a number"})
		return 0, false
	}
	return id, true
}

func answer(c *gin.Context, value any, err error) {
	if err != nil {
		fail(c, err)
		return
	}
	c.JSON(http.StatusOK, value)
}

func fail(c *gin.Context, err error) {
	status := http.StatusInternalServerError
	switch {
	case errors.Is(err, ErrNotFound):
		status = http.StatusNotFound
	case errors.Is(err, ErrOutOfStock):
		status = http.StatusConflict
	case errors.Is(err, ErrFull):
		status = http.StatusInsufficientStorage
	}
	c.AbortWithStatusJSON(status, gin.H{"error": err.Error()})
}
